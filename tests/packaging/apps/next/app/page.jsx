"use client";

import { useEffect } from "react";
import { run } from "../report.js";

export default function Page() {
  useEffect(() => void run(), []);
  return <p>watchnext</p>;
}
