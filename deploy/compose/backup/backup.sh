#!/bin/sh
# Dumps both databases of Temporal into one file a day, and keeps as many days as BACKUP_KEEP says. With the argument "once"
# it dumps and ends.
set -eu
: "${BACKUP_DIR:=/backups}" "${BACKUP_KEEP:=7}" "${BACKUP_AT:=02:00}"

case $BACKUP_KEEP in
  ''|*[!0-9]*|0) echo "backup: BACKUP_KEEP is '$BACKUP_KEEP': say how many dumps to keep, such as 7" >&2; exit 2 ;;
esac
case $BACKUP_AT in
  [01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]) ;;
  *) echo "backup: BACKUP_AT is '$BACKUP_AT': say an hour and a minute in UTC, such as 02:00" >&2; exit 2 ;;
esac

# A dump gets its name when it is whole, so that no half of one is taken for a backup.
dump() {
  name=$BACKUP_DIR/temporal-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
  echo "backup: writing $name"
  if { pg_dumpall --clean --if-exists && echo "-- whole"; } | gzip > "$name.part" && gzip -dc "$name.part" | tail -n 1 | grep -qx -- '-- whole'; then
    mv "$name.part" "$name"
    echo "backup: $name has $(wc -c < "$name") bytes"
  else
    rm -f "$name.part"
    echo "backup: PostgreSQL did not answer to the end: nothing was written" >&2
    return 1
  fi
  ls -1 "$BACKUP_DIR"/temporal-*.sql.gz | sort -r | tail -n +$((BACKUP_KEEP + 1)) | while read -r old; do
    rm -f "$old"
    echo "backup: removed $old"
  done
}

# Seconds until the next BACKUP_AT, in UTC.
wait_for() {
  now=$(( $(date -u +%s) % 86400 ))
  at=$(( (1${BACKUP_AT%:*} - 100) * 3600 + (1${BACKUP_AT#*:} - 100) * 60 ))
  echo $(( (at - now + 86400 - 1) % 86400 + 1 ))
}

if [ "${1:-}" = once ]; then
  dump
  exit
fi
trap 'exit 0' TERM INT
while :; do
  seconds=$(wait_for)
  echo "backup: the next one begins in $seconds s, at $BACKUP_AT UTC"
  sleep "$seconds" & wait $!
  dump || echo "backup: it is tried again tomorrow; run it by hand: docker compose --profile backup run --rm backup sh /backup.sh once" >&2
done
