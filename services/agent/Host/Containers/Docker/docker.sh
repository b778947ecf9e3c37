# docker.sh ENGINE HOST CONTAINER FILE
#
# Runs a container that has been created, and ends as it ends. The engine may go away and come back meanwhile: what becomes of the
# container is asked of the engine, and never taken from how the connection to it ended.
#
#   ENGINE      the engine's client
#   HOST        the engine's address
#   CONTAINER   the container
#   FILE        where the answer is kept for a moment

engine=$1 host=$2 container=$3 file=$4

docker() { "$engine" --host "$host" "$@"; }

# The client is not told of TERM, at which it would leave: the container is, from here and once.
trap 'docker kill --signal TERM "$container" >/dev/null 2>&1' TERM

# In the background, because a trap waits for what runs in the foreground.
follow() {
  "$engine" --host "$host" "$@" &
  while kill -0 $! 2>/dev/null; do
    wait $!
    status=$?
  done
}

follow start --attach "$container"
while :; do
  follow wait "$container" >"$file"
  [ "$status" = 0 ] && exit "$(cat "$file")"
  docker version >/dev/null 2>&1 || { sleep 1; continue; }
  # The engine answers. Either somebody else has removed the container, or it has outlived an engine.
  running=$(docker inspect --format '{{.State.Running}}' "$container") || exit 125
  [ "$running" = true ] && follow attach --no-stdin "$container"
done
