/** Where this process runs, as far as it decides whether and how /dev/kvm can be used. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** What can be found out about this process's machine without opening /dev/kvm. */
export interface Surroundings {
  /** In a container: its devices are those that whoever started it has given it. */
  readonly isContainer: boolean;
  /** On a hypervisor, with or without virtualization of its own. */
  readonly isVirtualMachine: boolean;
  /** KVM's module for this processor, where the processor has VMX or SVM; undefined where it has not. */
  readonly processorModule: 'kvm_intel' | 'kvm_amd' | undefined;
  /** KVM is in the running kernel: the container's host's, in a container. */
  readonly isKvmLoaded: boolean;
}

/** Who may open a device, and who asks. */
export interface Permission {
  /** The group of the device: `kvm`, or its number where it has no name here. */
  readonly group: string;
  /** Members of the group may read and write it. */
  readonly isForGroup: boolean;
  /** /etc/group names the user as a member, so that a new login is all that is missing. */
  readonly isMember: boolean;
}

/** What container engines leave behind (docker, podman, systemd-nspawn and others). */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container'];
const CONTAINER_CGROUPS = /docker|kubepods|containerd|libpod|lxc/;

/** Looks at /proc and /sys. */
export function surroundings(): Surroundings {
  const processor = processorFlags();
  return {
    isContainer: isContainer(),
    isVirtualMachine: processor.has('hypervisor'),
    processorModule: moduleFor(processor),
    isKvmLoaded: existsSync('/sys/module/kvm'),
  };
}

/** Undefined where the device is not there to look at. */
export function permissionOf(device: string): Permission | undefined {
  const status = statSync(device, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const entry = groupEntries().find(({ id }) => id === status.gid);
  return {
    group: entry?.name ?? String(status.gid),
    isForGroup: (status.mode & 0o060) === 0o060,
    isMember: entry?.members.includes(userName()) ?? false,
  };
}

function isContainer(): boolean {
  const { container = '', KUBERNETES_SERVICE_HOST: kubernetes = '' } = process.env;
  if (container !== '' || kubernetes !== '') return true;
  return (
    CONTAINER_MARKS.some((path) => existsSync(path)) ||
    CONTAINER_CGROUPS.test(textOf('/proc/1/cgroup'))
  );
}

/** The flags of the first processor in /proc/cpuinfo. */
function processorFlags(): ReadonlySet<string> {
  const line = /^flags\s*:(?<flags>.*)$/m.exec(textOf('/proc/cpuinfo'))?.groups?.['flags'] ?? '';
  return new Set(line.trim().split(/\s+/));
}

function moduleFor(flags: ReadonlySet<string>): Surroundings['processorModule'] {
  if (flags.has('vmx')) return 'kvm_intel';
  return flags.has('svm') ? 'kvm_amd' : undefined;
}

/** group(5). */
function groupEntries(): { name: string; id: number; members: string[] }[] {
  return textOf('/etc/group')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(({ length }) => length === 4)
    .map(([name, , id, members]) => ({
      name: name!,
      id: Number(id),
      members: members!.split(','),
    }));
}

/** Empty for a user without a name, as in containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** Empty where it cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
