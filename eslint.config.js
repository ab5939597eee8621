import js from "@eslint/js";
import globals from "globals";

export default [
  { files: ["webui/**/*.js"], ...js.configs.recommended, languageOptions: { globals: globals.browser } },
  {
    files: ["webui/**/*.js"],
    rules: {
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property,
          message: "Nothing that comes from outside may become markup; see dom.js.",
        })),
      ],
    },
  },
];
