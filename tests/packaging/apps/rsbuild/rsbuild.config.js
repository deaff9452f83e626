export default {
  source: { entry: { index: "./main.js" } },
  html: { template: "./index.html" },
};
