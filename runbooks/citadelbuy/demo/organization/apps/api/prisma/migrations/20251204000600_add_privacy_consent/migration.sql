ALTER TABLE "users" ADD COLUMN "marketingConsent" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "consentAt" TIMESTAMPTZ;
CREATE TABLE "privacy_requests" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  "userId" UUID NOT NULL REFERENCES "users"("id"),
  "kind" TEXT NOT NULL CHECK ("kind" IN ('EXPORT', 'ERASURE')),
  "createdAt" TIMESTAMPTZ NOT NULL DEFAULT now()
);
