# Copies a backup into Azure Blob Storage and reads it back. DO is trial, upload, archive or clean-up; BACKUP and
# SHA256 are facts of the backup step. Who may write there is the worker's affair (`az login --identity`).

umask 077
name=$(basename -- "$BACKUP")
case "$DO" in
  trial) blob="$CUTOVER_VAR_AZURE_BLOBS/trial/$name" ;;
  archive | clean-up) blob="$CUTOVER_VAR_AZURE_BLOBS/archive/$name" ;;
  *) blob="$CUTOVER_VAR_AZURE_BLOBS/$name" ;;
esac
again=$(mktemp -- "$(dirname -- "$BACKUP")/.readback-XXXXXX")
trap 'rm -f -- "$again"' EXIT

blobs() { az storage blob "$@" --auth-mode login --account-name "$CUTOVER_VAR_AZURE_ACCOUNT" --container-name backups; }

# A second run finds what is there, and proves it instead.
sent() {
  if [ "$(blobs exists --name "$1" --query exists --output tsv)" = true ]; then
    echo "there already: $1"
  else
    blobs upload --name "$1" --file "$2" --no-progress --overwrite false
  fi
}

proven() {
  blobs download --name "$blob" --file "$again" --no-progress --overwrite --output none
  echo "$SHA256  $again" | sha256sum --check --quiet
  echo "read back: $blob, $(wc -c < "$again") bytes, sha256 $SHA256"
}

case "$DO" in
  trial | upload | archive)
    echo "$SHA256  $BACKUP" | sha256sum --check --quiet
    sent "$blob" "$BACKUP"
    sent "$blob.manifest.json" "$BACKUP.manifest.json"
    proven
    ;;
  clean-up)
    proven
    ls -l -- "$BACKUP" "$BACKUP.manifest.json"
    rm -- "$BACKUP" "$BACKUP.manifest.json"
    ;;
  *) echo "unknown: DO=$DO" >&2 && exit 2 ;;
esac
