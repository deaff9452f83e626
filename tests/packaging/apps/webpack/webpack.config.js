export default {
  entry: "./main.js",
  // The default, "eval", is nothing for a page with a CSP.
  devtool: "source-map",
  devServer: { static: "public" },
};
