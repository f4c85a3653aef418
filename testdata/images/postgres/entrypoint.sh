#!/bin/sh
# Makes the database on first start, then runs PostgreSQL as its own user.
# Settings: POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD. The volume belongs at /var/lib/postgresql/data.
set -eu
volume=/var/lib/postgresql/data
data=$volume/pgdata
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }

mkdir -p "$volume" /run/postgresql
chown postgres:postgres "$volume" /run/postgresql

if [ ! -d "$data" ]; then
  # Made beside its final place and renamed: a kill in the middle never leaves half a database behind.
  new=$volume/new
  rm -rf "$new"
  password=$(mktemp)
  printf '%s' "$POSTGRES_PASSWORD" >"$password"
  chown postgres "$password"
  as_postgres initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile="$password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  rm -f "$password"
  echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
  echo "create database \"$POSTGRES_DB\"" | as_postgres postgres --single -D "$new" postgres >/dev/null
  sync
  mv "$new" "$data"
fi
setpriv --reuid=postgres --regid=postgres --clear-groups \
  postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql &
server=$!
# SIGTERM would wait for every client to leave; SIGINT ends their sessions and shuts down at once, losing nothing.
trap 'kill -INT "$server"' TERM INT
while kill -0 "$server" 2>/dev/null; do wait "$server" && code=0 || code=$?; done
exit "$code"
