# Takes the seven migrations back by SQL, where the backup cannot be restored. `env: { target: main }` says where.
# One transaction: all of it or nothing. Names are quoted, for DROP TYPE OrganizationType would look for another type;
# RESTRICT refuses where something else has come to depend on a table, which CASCADE would take along unseen.
# The rows of _prisma_migrations go too, or the next deploy would believe that everything is in.
# What was written into the new tables and columns is lost, so they are saved before (the step before this one).

psql -X --set ON_ERROR_STOP=1 --single-transaction --quiet <<'SQL'
set local lock_timeout = '10s';

-- 7: performance_indexes
drop index if exists "orders_userId_createdAt_idx", "orders_status_idx", "order_items_productId_idx",
  "products_categoryId_price_idx", "products_vendorId_idx", "products_searchText_idx",
  "privacy_requests_userId_idx", "vendor_payouts_vendorId_idx" restrict;

-- 6: privacy_consent
drop table if exists "privacy_requests" restrict;
alter table "users" drop column if exists "marketingConsent" restrict, drop column if exists "consentAt" restrict;

-- 5: roles_permissions
alter table if exists "organization_members" drop column if exists "roleId" restrict;
drop table if exists "permissions" restrict;
drop table if exists "organization_roles" restrict;

-- 4: organization_module
drop table if exists "organization_invoices" restrict;
drop table if exists "organization_billing" restrict;
drop table if exists "organization_audit_logs" restrict;
drop table if exists "organization_api_keys" restrict;
drop table if exists "organization_invitations" restrict;
drop table if exists "kyc_applications" restrict;
drop table if exists "organization_members" restrict;
drop table if exists "teams" restrict;
drop table if exists "departments" restrict;
drop table if exists "organizations" restrict;
drop type if exists "OrganizationType", "OrganizationStatus", "MemberStatus", "KycStatus" restrict;

-- 3: vendor_management
drop table if exists "vendor_payouts" restrict;
drop table if exists "vendor_profiles" restrict;
drop type if exists "VendorStatus" restrict;

-- 2: phase30_sync
drop table if exists "wishlists" restrict;
alter table "products" drop column if exists "searchText" restrict;
alter table "orders" drop column if exists "paymentStatus" restrict;
drop type if exists "PaymentStatus" restrict;

-- 1: password_reset_table
drop table if exists "password_resets" restrict;

delete from "_prisma_migrations" where "migration_name" in (
  '20251204000100_password_reset_table',
  '20251204000200_phase30_sync',
  '20251204000300_vendor_management',
  '20251204000400_organization_module',
  '20251204000500_roles_permissions',
  '20251204000600_add_privacy_consent',
  '20251204000700_performance_indexes'
);
SQL
