# supervisor.sh RUN SANDBOX PROGRAM [ARGUMENT...]
#
# Runs one command and writes down how it ended. There is one of these per task, in a session of its own, so that neither
# the end nor the restart of the agent touches the task. All it says is in the file RUN:
#
#   supervisor PID   it lives
#   Killed           the shell's own word, there only when a signal ended the command
#   exit STATUS      the command has ended
#
# The file stays open, as descriptor 3, until the very end, whatever kind of end: its being closed is what wakes the agent, and its
# being open is what tells this process from a later one of the same pid.

# Creating the file claims the run; a second supervisor of the same run stops here.
set -C
exec 3>"$1" || exit 1
set +C
exec </dev/null >/dev/null 2>&3

# The last line below kills a whole process group; it must be this task's own.
kill -0 -$$ || { echo "not the leader of its group" >&3; exit 1; }
echo "supervisor $$" >&3

# Signals are for the command, whose traps are the default ones again.
trap : HUP INT QUIT USR1 USR2 ALRM TERM

box=$2
shift 2
# Appended to, so that the agent can cut the files short when they are too long.
(exec "$@") >>"$box/stdout" 2>>"$box/stderr" 3>&-
echo "exit $?" >&3

# What the command left running ends with it. This shell as well: everything is said.
kill -KILL 0
