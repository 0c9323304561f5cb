import { createContext } from "react";

/** Whether pictures of users are loaded from the hosts that they are at. Otherwise their initials are shown. */
export const Pictures = createContext(false);
