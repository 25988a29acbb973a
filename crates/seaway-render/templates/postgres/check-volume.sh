# Refuses a volume with a database that this PostgreSQL would not open: sh check-volume.sh MOUNT FOLDER MAJOR
# Init container of a server, in its image. Up to 17 the data lies in `pgdata`, from 18 on in a folder of the major,
# `18/docker`. A server that finds nothing in its own folder makes an empty database beside the one that is there.
set -eu
mount=$1 folder=$2 major=$3
own=$mount/$folder/PG_VERSION

refuse() {
  printf '%s\n' "$@" "Nothing was changed." >&2
  exit 1
}

for found in "$mount"/PG_VERSION "$mount"/*/PG_VERSION "$mount"/*/*/PG_VERSION; do
  if [ ! -f "$found" ] || [ "$found" = "$own" ]; then continue; fi
  read -r version <"$found" || true
  version=${version%%.*}
  holds="The volume holds a database of PostgreSQL $version in ${found#"$mount"/}."
  way="Apply version $version again; to move the data, restore a dump of it into a second database."
  if [ ! -f "$own" ]; then
    refuse "$holds" "PostgreSQL $major looks in $folder and would start with an empty database." "$way"
  fi
  # A database that was moved to a newer server, and what was left behind.
  if [ "$version" -gt "$major" ]; then
    refuse "$holds" "It is newer than what PostgreSQL $major would start with in $folder." "$way"
  fi
done

if [ -f "$own" ]; then exit 0; fi
for inside in "$mount"/* "$mount"/*/*; do
  # Many file systems have a folder of root's own.
  if [ "$inside" = "$mount/lost+found" ] || [ ! -d "$inside" ] || [ -x "$inside" ]; then continue; fi
  refuse "The volume holds ${inside#"$mount"/}, which belongs to another user: a database may be in it." \
    "Set \`run-as-user\` back to what it was."
done
