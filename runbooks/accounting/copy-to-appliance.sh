# Copies the backup to the appliance and proves the copy. BACKUP and SHA256 are facts of the backup;
# CUTOVER_VAR_APPLIANCE is where the appliance is mounted. Run by `bash -euo pipefail`.

umask 077
mkdir -p "$CUTOVER_VAR_APPLIANCE"
copy="$CUTOVER_VAR_APPLIANCE/$(basename "$BACKUP")"

if [ -e "$copy" ]; then
  echo "$copy is there already; looking whether it is the same"
else
  cp -- "$BACKUP" "$copy.part"
  cp -- "$BACKUP.manifest.json" "$copy.manifest.json"
  mv -- "$copy.part" "$copy"
fi

echo "$SHA256  $copy" | sha256sum --check --quiet
echo "copied to $copy, $(wc -c < "$copy") bytes, sha256 $SHA256"
