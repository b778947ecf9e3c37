using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.Registry;
using Bourse.Registry.Host;

var builder = Edges.Builder(args);
builder.AddEdge();                           // where it listens, health
builder.AddCentralBus(Services.Registry);
builder.AddJournal(new RegistryCore());
builder.AddAgents();                         // what agents report, and their silence

var app = builder.Build();
app.UseEdge();
app.MapHealth();
await app.RunAsync();
