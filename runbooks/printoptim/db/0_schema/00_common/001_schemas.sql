-- One schema for each part of the business, so that rights can be given part by part.
create schema crm;
create schema machine;
create schema metering;
