/** Settings files as people have them, and the settings to merge into each. */

import type { ReadJson } from '../../../src/core/integrate/json-node.ts';
import { installedLaunch } from '../../../src/core/integrate/launch.ts';
import { wantedOf } from '../../../src/core/integrate/wanted.ts';
import { readSettingsText } from '../../../src/host/integrate/read-json.ts';

const GIB = 2 ** 30;

export const read: ReadJson = (text) => readSettingsText('settings.json', text);

export const wanted = wantedOf(
  'claude',
  installedLaunch('/usr/bin/node', "/opt/it's here/bin/resource-manager.cjs", null),
  { maxSlots: 20, maxPerProject: 5 },
  64 * GIB,
);

const HOOK = '{ "type": "command", "command": "mine.sh" }';

/** Text of each shape; null for no file. */
export const SHAPES: Readonly<Record<string, string | null>> = {
  'no file': null,
  'an empty object': '{}',
  'an empty object with a space': '{ }\n',
  'an empty object over lines': '{\n\n}\n',
  'four spaces': '{\n    "model": "opus",\n    "permissions": {\n        "allow": ["Bash(ls)"]\n    }\n}\n',
  tabs: '{\n\t"model": "opus",\n\t"env": {\n\t\t"FOO": "1"\n\t}\n}\n',
  'CRLF line ends': '{\r\n  "model": "opus",\r\n  "hooks": {\r\n    "Stop": []\r\n  }\r\n}\r\n',
  'no line end at the end': '{\n  "model": "opus"\n}',
  'a byte order mark': '\ufeff{\n  "model": "opus"\n}\n',
  'one compact line':
    '{"model":"opus","env":{"FOO":"1"},"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x"}]}]}}',
  'one compact line with empty parts': '{"env":{},"model":"opus","hooks":{}}',
  'one spaced line': '{ "model": "opus", "env": { "FOO": "1" }, "list": [1, 2] }\n',
  'hooks on the same events': `{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          ${HOOK},
          { "type": "http", "url": "http://localhost:1/", "headers": { "a": ["b", {}] } }
        ]
      },
      { "matcher": "*", "hooks": [${HOOK}] }
    ],
    "SessionEnd": [ { "hooks": [ ${HOOK} ] } ],
    "Notification": [{ "hooks": [${HOOK}] }]
  },
  "model": "opus"
}
`,
  'unusual order and layout': `
  {  "zeta" : 1 ,
     "env"  : { "PATH_X":"/a" ,
                "CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS" : "7" } ,
     "statusLine":{"type":"command","command":"my-line.sh; resource-manager statusline"},
  "alpha":[ [ ] , { } , null , -1.5e+10, "\\u00e9\\n" ]
  }

`,
};
