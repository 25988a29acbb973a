# Where the database is and how its client logs in, of its URL; and how a dump is read. What dumps and what restores source it.
#
# Reads DATABASE_URL or DATABASE_URL_FILE, DUMP_PROTOCOL (`postgresql` or `mysql`), DATABASE_CA (certificates, may be empty) and
# ENCRYPTION_KEY_FILE (not set without encryption). No password becomes an argument.
set -euf
umask 027
WORK=${DUMP_WORK:-/run/dump}

say() {
  printf '%s\n' "$*" >&2
}

# The text of a percent-encoded part of a URL. A letter follows each character, so that a line feed at the end is kept.
decoded() {
  rest=$1
  text=
  while :; do
    case $rest in
    *%[0-9A-Fa-f][0-9A-Fa-f]*)
      text=$text${rest%%\%*}
      rest=${rest#*%}
      hex=${rest%"${rest#??}"}
      rest=${rest#??}
      character=$(printf "\\$(printf '%03o' "0x$hex")x")
      text=$text${character%x}
      ;;
    *)
      printf '%s' "$text$rest"
      return
      ;;
    esac
  done
}

# A parameter of the URL; nothing if it has none of the name.
parameter() {
  left=$query
  while [ -n "$left" ]; do
    pair=${left%%&*}
    case $left in
    *'&'*) left=${left#*&} ;;
    *) left= ;;
    esac
    case $pair in
    "$1="*)
      decoded "${pair#*=}"
      return
      ;;
    esac
  done
}

url=${DATABASE_URL-}
[ -n "$url" ] || url=$(cat "$DATABASE_URL_FILE")
unset DATABASE_URL
place=${url#*://}
place=${place%%#*}
query=
case $place in
*'?'*)
  query=${place#*\?}
  place=${place%%\?*}
  ;;
esac
authority=${place%%/*}
database=
case $place in
*/*) database=$(decoded "${place#*/}") ;;
esac
login=
case $authority in
*@*) login=${authority%@*} ;;
esac
address=${authority##*@}
user=$(decoded "${login%%:*}")
password=
case $login in
*:*) password=$(decoded "${login#*:}") ;;
esac
port=
case $address in
'['*)
  host=${address#?}
  port=${host##*]}
  port=${port#:}
  host=${host%%]*}
  ;;
*:*)
  host=${address%:*}
  port=${address##*:}
  ;;
*) host=$address ;;
esac
if [ -z "$host" ] || [ -z "$database" ]; then
  say "the URL of the database names no host or no database"
  exit 1
fi

if [ "$DUMP_PROTOCOL" = postgresql ]; then
  export PGHOST="$host" PGPORT="${port:-5432}" PGDATABASE="$database" PGUSER="$user" PGPASSWORD="$password"
  export PGCONNECT_TIMEOUT=15 PGAPPNAME="$DUMP_NAME-backup"
  mode=$(parameter sslmode)
  [ -z "$mode" ] || export PGSSLMODE="$mode"
  authorities=$(parameter sslrootcert)
  [ -z "$authorities" ] || export PGSSLROOTCERT="$authorities"
  SUFFIX=dump
else
  # An image of MariaDB has its own names; that of MySQL has the old ones.
  if command -v mariadb-dump >/dev/null; then
    DUMPS=mariadb-dump CLIENT=mariadb
  else
    DUMPS=mysqldump CLIENT=mysql
  fi
  LOGIN=$WORK/client.cnf
  quoted() {
    printf '%s="%s"\n' "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"
  }
  mode=$(parameter ssl_mode)
  [ -n "$mode" ] || mode=$(parameter ssl-mode)
  mode=$(printf '%s' "$mode" | tr '[:lower:]' '[:upper:]')
  authorities=$(parameter ssl_ca)
  [ -n "$authorities" ] || authorities=${DATABASE_CA-}
  {
    printf '[client]\n'
    quoted host "$host"
    quoted port "${port:-3306}"
    quoted user "$user"
    quoted password "$password"
    quoted connect-timeout 15
    [ -z "$authorities" ] || quoted ssl-ca "$authorities"
    case $CLIENT:$mode in
    *:) [ $CLIENT = mysql ] || [ -n "$authorities" ] || printf 'skip-ssl-verify-server-cert\n' ;;
    mysql:*) quoted ssl-mode "$mode" ;;
    mariadb:VERIFY_*) printf 'ssl\nssl-verify-server-cert\n' ;;
    mariadb:REQUIRED) printf 'ssl\nskip-ssl-verify-server-cert\n' ;;
    mariadb:DISABLED) printf 'skip-ssl\n' ;;
    mariadb:*) printf 'skip-ssl-verify-server-cert\n' ;;
    esac
  } >"$LOGIN"
  # `connect-timeout` is known to the client alone.
  sed '/^connect-timeout=/d' "$LOGIN" >"$LOGIN.dump"
  SUFFIX=sql.gz
fi
unset url password login
[ -z "${ENCRYPTION_KEY_FILE-}" ] || SUFFIX=$SUFFIX.enc

# The dumps in the folder, the newest first.
dumps() {
  ls -1 "$DUMP_FOLDER" | grep -E "^$DUMP_NAME-[0-9]{8}T[0-9]{6}Z\.(dump|sql\.gz)(\.enc)?$" | sort -r
}

# Packs what comes in, where its format is not packed by itself, and encrypts it.
sealed() {
  if [ "$DUMP_PROTOCOL" = postgresql ]; then cat; else gzip; fi | encrypted
}

encrypted() {
  if [ -z "${ENCRYPTION_KEY_FILE-}" ]; then
    cat
  else
    openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -salt -pass "file:$ENCRYPTION_KEY_FILE"
  fi
}

# The content of a dump: an archive of pg_dump, or SQL.
opened() {
  if [ -z "${ENCRYPTION_KEY_FILE-}" ]; then
    cat "$1"
  else
    openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -pass "file:$ENCRYPTION_KEY_FILE" -in "$1"
  fi | if [ "$DUMP_PROTOCOL" = postgresql ]; then cat; else gzip -dc; fi
}

# Reads a dump to its end and lists its tables into $WORK/tables. A dump without a table is none: an empty database must not push full
# dumps out.
proven() {
  if [ "$DUMP_PROTOCOL" = postgresql ]; then
    opened "$1" | pg_restore --file=/dev/null
    # The list stands at the front: pg_restore reads no more, and the program that writes into its pipe complains.
    opened "$1" 2>/dev/null | pg_restore --list >"$WORK/contents"
    sed -n 's/^[0-9]*; [0-9]* [0-9]* TABLE DATA \([^ ]* [^ ]*\) .*/\1/p' "$WORK/contents" >"$WORK/tables"
  else
    last=$(opened "$1" | tail -n 1)
    case $last in
    '-- Dump completed'*) ;;
    *)
      say "the dump does not end as one does"
      return 1
      ;;
    esac
    opened "$1" | sed -n 's/^CREATE TABLE `\(.*\)` ($/\1/p' >"$WORK/tables"
  fi
  if [ ! -s "$WORK/tables" ]; then
    say "the dump holds no table"
    return 1
  fi
}
