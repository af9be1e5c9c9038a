/** How to get /dev/kvm here: the half of a sentence that begins with a verb. */
import type { Permission, Surroundings } from './surroundings.js';

const DEVICE = '/dev/kvm';

/** @param device the one that is not there */
export function missingAdvice(device: string, where: Surroundings): string {
  if (device !== DEVICE) return `give the path of a KVM device, usually ${DEVICE}`;
  const { isContainer, isVirtualMachine, processorModule, isKvmLoaded } = where;
  if (isContainer) {
    const give = `start the container with \`--device ${DEVICE}\``;
    return isKvmLoaded ? give : `load KVM on the machine that runs this container, and ${give}`;
  }
  if (processorModule === undefined) {
    return isVirtualMachine
      ? 'switch nested virtualization on for this virtual machine, in its hypervisor or at its cloud'
      : 'switch virtualization (VT-x, AMD-V) on in the firmware of this machine';
  }
  return isKvmLoaded
    ? `make the device, whose driver is loaded, with \`sudo mknod ${DEVICE} c 10 232\``
    : `load the driver with \`sudo modprobe ${processorModule}\``;
}

/**
 * @param isByRule refused by a rule of the system (EPERM), not by the permissions of the file (EACCES)
 * @param permission undefined where the device cannot be looked at
 */
export function permissionAdvice(
  device: string,
  where: Surroundings,
  permission: Permission | undefined,
  isByRule: boolean,
): string {
  const { isContainer } = where;
  if (isContainer && isByRule) return `start the container with \`--device ${device}\``;
  const { group = 'kvm', isForGroup = true, isMember = false } = permission ?? {};
  if (!isForGroup) {
    return `let the group kvm use it with \`sudo chgrp kvm ${device} && sudo chmod 660 ${device}\`, and be in that group`;
  }
  if (isContainer) return `start the container with \`--group-add ${group}\` or as root`;
  if (isMember)
    return `log in again, as this login is older than your membership in group ${group}`;
  return `join the group ${group} with \`sudo usermod -aG ${group} $USER\` and log in again`;
}
