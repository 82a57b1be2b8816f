CREATE TYPE "PaymentStatus" AS ENUM ('NONE', 'AUTHORISED', 'CAPTURED', 'REFUNDED');
ALTER TABLE "orders" ADD COLUMN "paymentStatus" "PaymentStatus" NOT NULL DEFAULT 'NONE';
UPDATE "orders" SET "paymentStatus" = CASE
  WHEN "status" IN ('PAID', 'SHIPPED') THEN 'CAPTURED'::"PaymentStatus" ELSE 'NONE'::"PaymentStatus" END;
ALTER TABLE "products" ADD COLUMN "searchText" TEXT;
UPDATE "products" p SET "searchText" = lower(p."title" || ' ' || c."name")
  FROM "categories" c WHERE c."id" = p."categoryId";
CREATE TABLE "wishlists" (
  "userId" UUID NOT NULL REFERENCES "users"("id") ON DELETE CASCADE,
  "productId" INTEGER NOT NULL REFERENCES "products"("id"),
  "addedAt" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("userId", "productId")
);
