"use strict";

// node ten-tasks.js HOST PORT   Runs ten tasks by the mesos-framework package; prints one JSON line per update.
// Exits 0 once all ten are TASK_FINISHED, and with 1 on an error or a minute's silence.
const { Scheduler, Mesos } = require("mesos-framework");
const mesos = Mesos.getMesos();
const wanted = 10;

const scheduler = new Scheduler({
    masterUrl: process.argv[2],
    port: process.argv[3],
    frameworkName: "npm-client",
    logging: { path: ".", fileName: "client.log", level: "debug" },
    tasks: {
        ten: {
            priority: 1,
            instances: wanted,
            commandInfo: new mesos.CommandInfo(null, null, true, "echo from npm; sleep 0.2", null, null),
            resources: { cpus: 0.1, mem: 16, ports: 0, disk: 0 }
        }
    }
});

const states = new Map();
let silence;

function wait() {
    clearTimeout(silence);
    silence = setTimeout(() => fail(`no update for a minute; ${states.size} tasks seen`), 60000);
}

function fail(why) {
    console.error(why);
    process.exit(1);
}

scheduler.on("subscribed", subscribed => console.log(JSON.stringify({ subscribed: subscribed.frameworkId })));
scheduler.on("error", error => fail(error.message || JSON.stringify(error)));
scheduler.on("update", update => {
    wait();
    const status = update.status;
    states.set(status.task_id.value, status.state);
    console.log(JSON.stringify({ task: status.task_id.value, state: status.state }));
    const finished = [...states.values()].filter(state => state === "TASK_FINISHED").length;
    if (finished === wanted) {
        // The last acknowledgement is on its way; it must leave before the process does.
        setTimeout(() => process.exit(0), 500);
    }
});
scheduler.on("ready", () => scheduler.subscribe());
wait();
