# A bash function in the sandbox: it gets its arguments as one JSON text in $1 and prints its result as JSON;
# `api NAME JSON` asks the swarm and prints the answer.
api() {
  printf '{"call":"%s","arguments":%s}\n' "$1" "${2:-{\}}" >&3
  local told
  IFS= read -r told <&3 || return 98
  case $told in
    '{"value": '*) told=${told#'{"value": '}; printf '%s\n' "${told%\}}" ;;
    *) printf '%s\n' "$told" >&2; return 1 ;;
  esac
}
IFS= read -r request <&3
name=${request#'{"function": "'}
name=${name%%\"*}
arguments=${request#*'"arguments": '}
arguments=${arguments%', "objects": {}'*}
source ./main.sh
result=$("$name" "$arguments") || { status=$?; printf '{"error":{"kind":"exit","message":"%s ended with status %s","trace":""}}\n' "$name" "$status" >&3; exit 0; }
# As base64: a line break within a string is then the fault that it is, not a space.
printf '{"result64":"%s"}\n' "$(printf '%s' "$result" | base64 -w0)" >&3
