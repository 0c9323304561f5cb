export { IdentityTable, type IdentityTableProps } from "./identity-table.js";
export { IdentityService, type IdentityServiceProps } from "./identity-service.js";
