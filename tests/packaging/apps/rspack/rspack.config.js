export default {
  entry: "./main.js",
  devtool: "source-map",
  devServer: { static: "public" },
};
