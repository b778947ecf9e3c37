# A scheduler written with pymesos: ten tasks to their end, one that is killed, one that is asked after. Prints every update as JSON.
# usage: ten-tasks.py HOST:PORT [PRINCIPAL SECRET]
import getpass
import json
import sys
import threading

from addict import Dict
from pymesos import MesosSchedulerDriver, Scheduler

TASKS = 10
LONG = 'long'


class TenTasks(Scheduler):
    def __init__(self):
        self.waiting = [LONG] + ['t%d' % number for number in range(TASKS)]
        self.live = set()
        self.problem = None

    def registered(self, driver, framework_id, master_info):
        print(json.dumps({'registered': framework_id.value, 'version': master_info.version}), flush=True)

    def resourceOffers(self, driver, offers):
        for offer in offers:
            cpus = sum(r.scalar.value for r in offer.resources if r.name == 'cpus')
            tasks = []
            while self.waiting and cpus >= 0.1:
                cpus -= 0.1
                name = self.waiting.pop()
                task = Dict()
                task.task_id.value = name
                task.agent_id.value = offer.agent_id.value
                task.name = name
                task.command.value = 'sleep 600' if name == LONG else 'echo hello'
                task.resources = [
                    dict(name='cpus', type='SCALAR', scalar={'value': 0.1}),
                    dict(name='mem', type='SCALAR', scalar={'value': 32}),
                ]
                self.live.add(name)
                tasks.append(task)
            if tasks:
                driver.launchTasks(offer.id, tasks, {'refuse_seconds': 0})
            else:
                driver.declineOffer(offer.id, {'refuse_seconds': 1})
        if not self.waiting:
            driver.suppressOffers()

    def statusUpdate(self, driver, update):
        name = update.task_id.value
        print(json.dumps({'task': name, 'state': update.state, 'source': update.source, 'reason': update.reason or None}), flush=True)
        if name == LONG and update.state == 'TASK_RUNNING' and update.reason != 'REASON_RECONCILIATION':
            driver.reconcileTasks([{'task_id': {'value': LONG}, 'agent_id': update.agent_id}])
        elif name == LONG and update.state == 'TASK_RUNNING':
            driver.killTask({'value': LONG})
        elif update.state in ('TASK_FINISHED', 'TASK_KILLED'):
            self.live.discard(name)
        elif update.state in ('TASK_FAILED', 'TASK_ERROR', 'TASK_LOST'):
            self.error(driver, '%s: %s' % (update.state, update.message))
        if not self.live and not self.waiting:
            driver.stop()

    def error(self, driver, message):
        self.problem = message
        driver.stop()


scheduler = TenTasks()
framework = Dict(user=getpass.getuser(), name='pymesos', failover_timeout=60)
credentials = dict(zip(('principal', 'secret'), sys.argv[2:]))
driver = MesosSchedulerDriver(scheduler, framework, sys.argv[1], use_addict=True, **credentials)
running = threading.Thread(target=driver.run, daemon=True)
running.start()
running.join(120)
if running.is_alive():
    sys.exit('it did not end within two minutes; open: %s' % sorted(scheduler.live))
if scheduler.problem:
    sys.exit(scheduler.problem)
