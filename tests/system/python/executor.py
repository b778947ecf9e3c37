# An executor written with pymesos: says that each task runs, answers its data by a message, and says that it has finished.
import sys
import threading
import time

from addict import Dict
from pymesos import Executor, MesosExecutorDriver, decode_data, encode_data


class Answering(Executor):
    def launchTask(self, driver, task):
        def run():
            self.tell(driver, task, 'TASK_RUNNING')
            driver.sendFrameworkMessage(encode_data(b'answer to ' + decode_data(task.data)))
            self.tell(driver, task, 'TASK_FINISHED')

        threading.Thread(target=run).start()

    def tell(self, driver, task, state):
        update = Dict()
        update.task_id.value = task.task_id.value
        update.state = state
        update.timestamp = time.time()
        driver.sendStatusUpdate(update)


driver = MesosExecutorDriver(Answering(), use_addict=True)
sys.exit(driver.run())
