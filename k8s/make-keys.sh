#!/bin/sh
# Makes what the Secret likeness-keys holds: the cluster's one key, and the first account.
#   sh k8s/make-keys.sh keys && kubectl -n likeness create secret generic likeness-keys --from-file=keys
# Keep the folder: without the master key no account's secret can be read again.
set -eu
folder=${1:?usage: make-keys.sh FOLDER}
umask 077
mkdir "$folder" 2>/dev/null || { echo "make-keys: $folder is there already, or cannot be made" >&2; exit 1; }
bytes() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
# As many letters and digits as asked for.
letters() { LC_ALL=C tr -dc "$2" </dev/urandom | head -c "$1"; }
head -c 32 /dev/urandom | base64 >"$folder/master.key"
cat >"$folder/credentials.json" <<JSON
{
  "project_id" : "$(bytes 16)",
  "domain" : "likeness",
  "user" : "admin",
  "password" : "$(letters 24 a-km-zA-HJ-NP-Z2-9)",
  "access_key" : "$(letters 20 A-Z0-9)",
  "secret_key" : "$(letters 40 A-Za-z0-9)"
}
JSON
echo "made $folder/master.key and $folder/credentials.json"
