# Copies a backup into Azure Blob Storage and reads it back. DO is upload, archive or clean-up; BACKUP and SHA256 are
# facts of the backup step. The account is that of the worker (`az login --identity`); nothing of it stands here.

umask 077
name=$(basename -- "$BACKUP")
blob="production/migrations/$name"
if [ "$DO" = archive ]; then blob="production/migrations/archive/$name"; fi
if [ "$DO" = clean-up ]; then blob="production/migrations/archive/$name"; fi
again=$(mktemp -- "$CUTOVER_VAR_BACKUPS/.readback-XXXXXX")
trap 'rm -f -- "$again"' EXIT

blobs() { az storage blob "$@" --auth-mode login --account-name "$CUTOVER_VAR_AZURE_ACCOUNT" --container-name backups; }

proven() {
  blobs download --name "$blob" --file "$again" --no-progress --overwrite > "$again.said"
  rm -f -- "$again.said"
  echo "$SHA256  $again" | sha256sum --check --quiet
  echo "read back: $blob, $(wc -c < "$again") bytes, sha256 $SHA256"
}

case "$DO" in
  upload | archive)
    echo "$SHA256  $BACKUP" | sha256sum --check --quiet
    blobs upload --name "$blob" --file "$BACKUP" --no-progress --overwrite false
    blobs upload --name "$blob.manifest.json" --file "$BACKUP.manifest.json" --no-progress --overwrite false
    proven
    ;;
  clean-up)
    proven
    ls -l -- "$BACKUP" "$BACKUP.manifest.json"
    rm -- "$BACKUP" "$BACKUP.manifest.json"
    ;;
  *) echo "unknown: DO=$DO" >&2 && exit 2 ;;
esac
