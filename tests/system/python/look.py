# An operator with pymesos: reads all that it can, and follows the events of one framework. Prints one JSON object.
# usage: look.py HOST:PORT; it is ready for the framework when it prints "subscribed", and ends when that framework has.
import json
import sys
import threading

from pymesos import MesosOperatorMasterDriver
from pymesos.interface import OperatorMaster


class Watching(OperatorMaster):
    def __init__(self):
        self.seen = []
        self.done = threading.Event()

    def taskAdded(self, task_info):
        self.seen.append('TASK_ADDED')

    def taskUpdated(self, task_info):
        self.seen.append(task_info['state'])

    def frameworkAdded(self, framework_info):
        self.seen.append('FRAMEWORK_ADDED')

    def frameworkUpdated(self, framework_info):
        self.seen.append('FRAMEWORK_UPDATED')

    def frameworkRemoved(self, framework_info):
        self.seen.append('FRAMEWORK_REMOVED')
        self.done.set()


class Driver(MesosOperatorMasterDriver):
    def on_subscribed(self, info):
        super(Driver, self).on_subscribed(info)
        print('subscribed', flush=True)


watching = Watching()
driver = Driver(sys.argv[1], watching)
driver.start()
if not watching.done.wait(120):
    sys.exit('no framework ended within two minutes')
# pymesos makes calls on a connection of its own, apart from the stream.
answers = {}
for name in ('getHealth', 'getFlags', 'getVersion', 'getLoggingLevel', 'getState', 'getFrameworks', 'getExecutors', 'getTasks', 'getAgents',
             'getRoles', 'getWeights', 'getMaster', 'getMaintenanceStatus', 'getMaintenanceSchedule', 'getQuota'):
    answers[name] = getattr(driver, name)()
answers['getMetrics'] = driver.getMetrics(5000000000)
print(json.dumps({'seen': watching.seen, 'answers': answers}), flush=True)
driver.stop()
