using Bourse.Allocator;
using Bourse.Allocator.Host.Api;
using Bourse.Allocator.Host.Consumers;
using Bourse.Allocator.Host.Http.Legacy;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Allocator.Host.Loop;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;

var builder = Edges.Builder(args);
builder.AddEdge(exception => exception is TimeoutException or JournalUnavailableException ? 503 : null);
builder.AddCentralBus(Services.Allocator);
var settings = AllocatorSettingsReading.Read(builder.Configuration);
builder.Services.AddSingleton(settings);
builder.AddJournal(new AllocatorCore(settings));
builder.AddAllocation();                     // cycles, and commands to agents
builder.AddConsumers();                      // the registry's commits, the agents' reports
builder.Services.AddSchedulerApi(builder.Configuration);
builder.Services.AddOperatorApi();
builder.Services.AddBourseApi();

var app = builder.Build();
app.UseEdge();
app.MapHealth();
app.MapSchedulerApi();                       // POST /api/v1/scheduler
app.MapOperatorApi();                        // POST /api/v1
app.MapLegacyApi();                          // GET /state and others from before v1
app.MapBourseApi();                          // /bourse/v1
await app.RunAsync();
