// The list, in a runtime without a page.

import { createRecommender } from "watchnext";
import { report } from "./make.mjs";

console.log(JSON.stringify(await report(createRecommender)));
