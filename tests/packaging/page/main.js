import { run } from "./report.js";

run();
