import DataLoader from "dataloader";
import { itemsOfUser, usersById } from "./table.js";

/** The loaders of one request. */
export const loaders = () => ({
  users: new DataLoader(usersById, { maxBatchSize: 100 }),
  itemsOfUser: new DataLoader((ids) => Promise.all(ids.map(itemsOfUser))),
});
