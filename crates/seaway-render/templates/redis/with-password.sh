# The password comes by standard input: an argument can be read in the list of processes.
password=$(printf %s "$REDISCLI_AUTH" | od -An -v -tx1 | tr -d ' \n' | sed 's/../\\x&/g')
exec "$@" <<END
requirepass "$password"
END
