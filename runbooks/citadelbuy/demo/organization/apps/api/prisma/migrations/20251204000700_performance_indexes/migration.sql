CREATE INDEX "orders_userId_createdAt_idx" ON "orders"("userId", "createdAt" DESC);
CREATE INDEX "orders_status_idx" ON "orders"("status");
CREATE INDEX "order_items_productId_idx" ON "order_items"("productId");
CREATE INDEX "products_categoryId_price_idx" ON "products"("categoryId", "price");
CREATE INDEX "products_vendorId_idx" ON "products"("vendorId");
CREATE INDEX "products_searchText_idx" ON "products"("searchText");
CREATE INDEX "privacy_requests_userId_idx" ON "privacy_requests"("userId");
CREATE INDEX "vendor_payouts_vendorId_idx" ON "vendor_payouts"("vendorId");
