using Bourse.Agent.Host;
using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Http;
using Bourse.Agent.Host.Operator;
using Bourse.Agent.Host.Usage;
using Bourse.Edge;

var builder = Edges.Builder(args);
builder.AddEdge();
builder.AddAgent();         // the loop, its checkpoint and its side of the bus

var app = builder.Build();
app.UseEdge();
app.MapHealth();            // ready: the registry has admitted it
app.MapUsage();             // GET /monitor/statistics, /metrics
app.MapTaskContainer();     // GET /bourse/v1/tasks/{framework}/{task}/container
app.MapAgentApi();          // POST /api/v1
app.MapLegacyApi();         // GET /state and others from before v1
app.MapExecutorApi();       // POST /api/v1/executor
app.MapTaskOutput();        // GET /bourse/v1/tasks/{framework}/{task}/stdout
await app.RunAsync();
