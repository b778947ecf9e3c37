using Bourse.Allocator.Host.Api;
using Bourse.Edge;

var builder = WebApplication.CreateBuilder(args);
builder.AddEdge(exception => exception is TimeoutException or Bourse.Journal.JournalUnavailableException ? 503 : null);
builder.Services.AddSingleton<Wakeup>();
builder.Services.AddSingleton<EventLog>();

var app = builder.Build();
app.UseEdge();
app.MapHealth();
app.MapBourseApi();
await app.RunAsync();
