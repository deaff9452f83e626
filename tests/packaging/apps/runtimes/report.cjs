const { createRecommender } = require("watchnext");

import("./make.mjs").then(async ({ report }) => console.log(JSON.stringify(await report(createRecommender))));
