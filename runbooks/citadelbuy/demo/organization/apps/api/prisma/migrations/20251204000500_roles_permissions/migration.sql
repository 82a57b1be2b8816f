CREATE TABLE "organization_roles" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "organizationId" UUID NOT NULL REFERENCES "organizations"("id"),
  "name" TEXT NOT NULL,
  UNIQUE ("organizationId", "name")
);
CREATE TABLE "permissions" (
  "roleId" UUID NOT NULL REFERENCES "organization_roles"("id"),
  "action" TEXT NOT NULL,
  PRIMARY KEY ("roleId", "action")
);
ALTER TABLE "organization_members" ADD COLUMN "roleId" UUID REFERENCES "organization_roles"("id");
