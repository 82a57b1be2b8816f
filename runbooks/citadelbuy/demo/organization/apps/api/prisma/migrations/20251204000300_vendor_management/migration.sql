CREATE TYPE "VendorStatus" AS ENUM ('PENDING', 'ACTIVE', 'SUSPENDED');
CREATE TABLE "vendor_profiles" (
  "userId" UUID NOT NULL PRIMARY KEY REFERENCES "users"("id"),
  "status" "VendorStatus" NOT NULL DEFAULT 'PENDING',
  "commission" NUMERIC(4, 2) NOT NULL DEFAULT 12.50
);
INSERT INTO "vendor_profiles" ("userId", "status") SELECT "id", 'ACTIVE' FROM "users" WHERE "role" = 'VENDOR';
CREATE TABLE "vendor_payouts" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "vendorId" UUID NOT NULL REFERENCES "vendor_profiles"("userId"),
  "amount" NUMERIC(12, 2) NOT NULL,
  "paidAt" TIMESTAMPTZ
);
