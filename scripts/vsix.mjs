// npm run vsix: packs editors/vscode into an extension that VS Code installs. A .vsix is a zip file with
// two descriptions of its contents beside them (Open Packaging Conventions).
import { createWriteStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'editors/vscode');
const { name, version, publisher, displayName, description, engines, categories } = JSON.parse(
  readFileSync(join(folder, 'package.json'), 'utf8'),
);

const manifest = `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/>
    <DisplayName>${displayName}</DisplayName>
    <Description xml:space="preserve">${description}</Description>
    <Categories>${categories.join(',')}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${engines.vscode}"/>
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
const types = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension="json" ContentType="application/json"/>
  <Default Extension="js" ContentType="application/javascript"/>
  <Default Extension="md" ContentType="text/markdown"/>
  <Default Extension="vsixmanifest" ContentType="text/xml"/>
</Types>
`;

const directory = join(root, 'dist/vscode');
mkdirSync(directory, { recursive: true });
const output = process.argv[2] ?? join(directory, `${name}-${version}.vsix`);
const zip = new ZipFile();
// One time for all: the same sources make the same file.
const options = { mtime: new Date('2026-01-01T00:00:00Z'), mode: 0o100644 };
zip.addBuffer(Buffer.from(types), '[Content_Types].xml', options);
zip.addBuffer(Buffer.from(manifest), 'extension.vsixmanifest', options);
for (const file of readdirSync(folder).sort()) {
  zip.addBuffer(readFileSync(join(folder, file)), `extension/${file}`, options);
}
zip.end();
await pipeline(zip.outputStream, createWriteStream(output));
console.log(output);
