#!/usr/bin/env node
// Speaks the command line of the native compiler on behalf of solc-js, so that forge needs no download.
const fs = require("fs");
const path = require("path");
const solc = require(path.join(__dirname, "..", "node_modules", "solc"));

if (process.argv.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`);
} else {
  // A pipe takes what fits and answers EAGAIN for the rest: write until everything is out.
  const output = Buffer.from(solc.compile(fs.readFileSync(0, "utf8")));
  let written = 0;
  while (written < output.length) {
    try {
      written += fs.writeSync(1, output, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
