// One line of JSON that is safe to show: an escape stands for the very character, whatever a terminal would take for a command or for nothing.

const commands = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(commands, character =>
    Array.from(
      { length: character.length },
      (_, n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
