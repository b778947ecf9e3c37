using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.Secrets;
using Bourse.Secrets.Host;

var builder = Edges.Builder(args);
builder.AddEdge();                           // where it listens, health
builder.AddCentralBus(Services.Secrets);
builder.AddVault();                          // the master key, and the only place where values are in clear
builder.AddRequests();                       // from people through the edge, and from agents for their tasks
builder.AddJournal(new SecretsCore());
builder.AddLearning();                       // tasks from the allocator's commits, keys from the registry's

var app = builder.Build();
app.UseEdge();
app.MapHealth();
await app.RunAsync();
