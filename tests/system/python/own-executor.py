# A framework written with pymesos that brings an executor written with pymesos. Prints updates and messages as JSON.
# usage: own-executor.py HOST:PORT
import getpass
import json
import os
import sys
import threading

from addict import Dict
from pymesos import MesosSchedulerDriver, Scheduler, decode_data, encode_data

TASKS = 3


class Framework(Scheduler):
    def __init__(self):
        self.waiting = ['own%d' % number for number in range(TASKS)]
        self.open = set(self.waiting)
        self.messages = 0
        self.executor = Dict()
        self.executor.executor_id.value = 'answering'
        self.executor.name = 'answering'
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'executor.py')
        self.executor.command.value = 'exec %s %s' % (sys.executable, script)
        self.executor.command.environment.variables = [dict(name='PYTHONPATH', value=os.environ.get('PYTHONPATH', ''))]
        self.executor.resources = [
            dict(name='cpus', type='SCALAR', scalar={'value': 0.1}),
            dict(name='mem', type='SCALAR', scalar={'value': 32}),
        ]

    def resourceOffers(self, driver, offers):
        for offer in offers:
            tasks, self.waiting = self.waiting, []
            infos = []
            for name in tasks:
                task = Dict()
                task.task_id.value = name
                task.agent_id.value = offer.agent_id.value
                task.name = name
                task.executor = self.executor
                task.data = encode_data(name.encode())
                task.resources = [
                    dict(name='cpus', type='SCALAR', scalar={'value': 0.1}),
                    dict(name='mem', type='SCALAR', scalar={'value': 16}),
                ]
                infos.append(task)
            if infos:
                driver.launchTasks(offer.id, infos, {'refuse_seconds': 1})
            else:
                driver.declineOffer(offer.id)

    def statusUpdate(self, driver, update):
        print(json.dumps({'task': update.task_id.value, 'state': update.state, 'message': update.message or None}), flush=True)
        if update.state not in ('TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING'):
            self.open.discard(update.task_id.value)
        self.stop(driver)

    def frameworkMessage(self, driver, executor_id, agent_id, message):
        self.messages += 1
        print(json.dumps({'from': executor_id.value, 'message': decode_data(message).decode()}), flush=True)
        self.stop(driver)

    def stop(self, driver):
        if not self.open and self.messages == TASKS:
            driver.stop()


framework = Dict(user=getpass.getuser(), name='own-executor', failover_timeout=60)
driver = MesosSchedulerDriver(Framework(), framework, sys.argv[1], use_addict=True)
running = threading.Thread(target=driver.run, daemon=True)
running.start()
running.join(120)
if running.is_alive():
    sys.exit('it did not end within two minutes')
