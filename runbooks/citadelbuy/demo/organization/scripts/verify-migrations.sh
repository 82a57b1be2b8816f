#!/usr/bin/env bash
# What of the new schema is missing; nothing when all is there.
set -euo pipefail
missing=$(psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
select wanted from unnest(array['password_resets', 'wishlists', 'vendor_profiles', 'organizations',
  'organization_members', 'organization_roles', 'permissions', 'privacy_requests']) wanted
where to_regclass(wanted) is null;
SQL
)
if [ -n "$missing" ]; then
  printf 'missing: %s\n' $missing >&2
  exit 1
fi
echo 'all tables of the seven migrations are there'
