# Starts mysqld_exporter with the user and the password of a URL.
# The exporter takes both apart since 0.15 and no URL any more; in a URL they are percent-encoded. The password stays a
# variable, which the exporter reads: it is no argument.
set -eu
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
authority=${MYSQL_URL#*://}
authority=${authority%%[/?#]*}
login=${authority%@*}
user=$(decoded "${login%%:*}")
MYSQLD_EXPORTER_PASSWORD=
case $login in
*:*) MYSQLD_EXPORTER_PASSWORD=$(decoded "${login#*:}") ;;
esac
export MYSQLD_EXPORTER_PASSWORD
unset MYSQL_URL
exec "$@" --mysqld.username="$user"
