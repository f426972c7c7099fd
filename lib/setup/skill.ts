/** The skill that teaches an agent to report, and to wait for others. */
import SKILL_TEXT from "./skill.md" with { type: "text" };

/** The text of the skill's file. */
export const SKILL: string = SKILL_TEXT;
