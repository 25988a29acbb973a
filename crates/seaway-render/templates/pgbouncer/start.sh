# Tells PgBouncer the one user that it lets in, and becomes it.
# The password comes from a mounted Secret and goes to a file in memory: it is no argument, no variable and no part of a
# config. It is plain text there, because PgBouncer needs it for both sides: to let clients in and to log in itself.
set -eu
umask 077
# In this file a quote inside quotes is written twice.
quoted() { printf '%s' "$1" | sed 's/"/""/g'; }
password=$(cat "$DATABASE_PASSWORD_FILE")
printf '"%s" "%s"\n' "$(quoted "$DATABASE_USERNAME")" "$(quoted "$password")" >/run/pgbouncer/userlist.txt
unset password
exec pgbouncer /etc/pgbouncer/pgbouncer.ini
