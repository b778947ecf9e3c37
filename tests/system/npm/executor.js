"use strict";

// node executor.js   An executor by the mesos-framework package: finishes every task it is given, unless its data says "wait", and
// says every message back in capitals. Started by an agent, which tells it all it needs in its environment.
const crypto = require("crypto");
const { Executor } = require("mesos-framework");

function update(task, state) {
    executor.update({
        task_id: task.task_id,
        executor_id: executor.executorId,
        state,
        source: "SOURCE_EXECUTOR",
        timestamp: Date.now() / 1000,
        uuid: crypto.randomBytes(16).toString("base64")
    });
}

const executor = new Executor({
    handlers: {
        SUBSCRIBED: subscribed => console.log("subscribed as " + subscribed.executor_info.executor_id.value),
        LAUNCH: launch => {
            const waits = launch.task.data && Buffer.from(launch.task.data, "base64").toString() === "wait";
            console.log("launched " + launch.task.task_id.value);
            update(launch.task, "TASK_RUNNING");
            if (!waits) {
                setTimeout(() => update(launch.task, "TASK_FINISHED"), 100);
            }
        },
        KILL: kill => update(kill, "TASK_KILLED"),
        ACKNOWLEDGED: acknowledged => console.log("acknowledged " + acknowledged.task_id.value),
        MESSAGE: message => executor.message(Buffer.from(message.data, "base64").toString().toUpperCase()),
        ERROR: error => console.log("error " + error.message),
        SHUTDOWN: nothing => process.exit(0)
    }
});

// The package sends no token by itself; an agent that wants one gets it this way.
if (process.env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN) {
    executor.requestTemplate.headers.Authorization = "Bearer " + process.env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
}
executor.on("error", error => console.log("error " + (error.message || error)));
executor.subscribe();
