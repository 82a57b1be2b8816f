CREATE TYPE "OrganizationType" AS ENUM ('COMPANY', 'NON_PROFIT', 'PUBLIC');
CREATE TYPE "OrganizationStatus" AS ENUM ('PENDING', 'ACTIVE', 'CLOSED');
CREATE TYPE "MemberStatus" AS ENUM ('INVITED', 'ACTIVE', 'LEFT');
CREATE TYPE "KycStatus" AS ENUM ('OPEN', 'APPROVED', 'REJECTED');
CREATE TABLE "organizations" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "name" TEXT NOT NULL,
  "type" "OrganizationType" NOT NULL,
  "status" "OrganizationStatus" NOT NULL DEFAULT 'PENDING'
);
CREATE TABLE "departments" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "name" TEXT NOT NULL
);
CREATE TABLE "teams" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "departmentId" UUID NOT NULL REFERENCES "departments"("id"),
  "name" TEXT NOT NULL
);
CREATE TABLE "organization_members" (
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "userId" UUID NOT NULL REFERENCES "users"("id"),
  "teamId" UUID REFERENCES "teams"("id"),
  "status" "MemberStatus" NOT NULL DEFAULT 'INVITED',
  PRIMARY KEY ("organizationId", "userId")
);
CREATE TABLE "kyc_applications" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "status" "KycStatus" NOT NULL DEFAULT 'OPEN'
);
CREATE TABLE "organization_invitations" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "email" TEXT NOT NULL
);
CREATE TABLE "organization_api_keys" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "keyHash" TEXT NOT NULL UNIQUE
);
CREATE TABLE "organization_audit_logs" (
  "id" BIGSERIAL PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "what" TEXT NOT NULL,
  "at" TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE "organization_billing" (
  "organizationId" UUID NOT NULL PRIMARY KEY REFERENCES "organizations"("id"),
  "plan" TEXT NOT NULL
);
CREATE TABLE "organization_invoices" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organization_billing"("organizationId"),
  "amount" NUMERIC(12, 2) NOT NULL
);
