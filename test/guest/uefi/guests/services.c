/* Calls each service and prints what came of it. */
#include "efi.h"

static const guid loaded_image_guid = LOADED_IMAGE, device_path_guid = DEVICE_PATH, own_guid = OWN_GUID;
static const guid file_system_guid = FILE_SYSTEM, file_info_guid = FILE_INFO, graphics_guid = GRAPHICS;
static const guid random_guid = RANDOM, global_guid = GLOBAL_VARIABLE;

static void memory(void) {
  static u8 map[4096];
  u64 size = 0, key = 0, descriptor_size = 0, total = 0, address = 0, again = 0;
  u32 version = 0;
  status_line("map, no room", boot->get_memory_map(&size, map, &key, &descriptor_size, &version));
  value_line("needs descriptors of", descriptor_size);
  status_line("map", boot->get_memory_map(&size, map, &key, &descriptor_size, &version));
  for (u64 at = 0; at < size; at += descriptor_size) total += ((descriptor *)(map + at))->pages;
  value_line("pages in all", total);
  status_line("pages anywhere", boot->allocate_pages(0, 2, 3, &address));
  status_line("the same pages", boot->allocate_pages(2, 2, 3, &address));
  status_line("free one of them", boot->free_pages(address, 1));
  status_line("free it again", boot->free_pages(address, 1));
  again = 0x800000;
  status_line("below 8 MiB", boot->allocate_pages(1, 2, 1, &again));
  value_line("which is below", again + 4095 <= 0x800000);
  void *a = 0, *b = 0, *c = 0;
  status_line("pool a", boot->allocate_pool(2, 20, &a));
  status_line("pool b", boot->allocate_pool(2, 20, &b));
  value_line("b - a", (u64)b - (u64)a);
  status_line("free a", boot->free_pool(a));
  status_line("pool c", boot->allocate_pool(2, 8, &c));
  value_line("c is where a was", c == a);
  status_line("free what is no pool", boot->free_pool((u8 *)b + 1));
  u8 text[32] = "0123456789abcdef";
  boot->copy_mem(text + 2, text, 8);
  print((char *)text), print("\r\n");
  boot->copy_mem(text, text + 4, 8);
  print((char *)text), print("\r\n");
  boot->set_mem(text + 3, 4, '-');
  print((char *)text), print("\r\n");
  u32 crc = 0;
  status_line("crc32", boot->calculate_crc32("123456789", 9, &crc));
  value_line("crc32 of 123456789 is right", crc == 0xcbf43926);
}

static int notified;
static void on_event(handle event, void *context) {
  notified += *(int *)context;
  (void)event;
}

static void events(void) {
  handle plain = 0, signalled = 0, timer = 0;
  u64 index = 99;
  int by = 5;
  status_line("plain event", boot->create_event(0, 0, 0, 0, &plain));
  status_line("check", boot->check_event(plain));
  boot->signal_event(plain);
  status_line("check when signalled", boot->check_event(plain));
  status_line("check again", boot->check_event(plain));
  status_line("event with a function", boot->create_event(0x200, 8, on_event, &by, &signalled));
  boot->signal_event(signalled);
  value_line("notified", notified);
  u64 before = boot->raise_tpl(16);
  value_line("priority before", before);
  boot->signal_event(signalled);
  value_line("notified at high priority", notified);
  boot->restore_tpl(before);
  value_line("notified after", notified);
  status_line("function that is null", boot->create_event(0x200, 8, 0, 0, &timer));
  status_line("timer", boot->create_event(0x80000000, 0, 0, 0, &timer));
  status_line("set it to 1 ms", boot->set_timer(timer, 2, 10000));
  status_line("check at once", boot->check_event(timer));
  handle both[2] = {plain, timer};
  status_line("wait", boot->wait_for_event(2, both, &index));
  value_line("index", index);
  boot->set_timer(timer, 1, 10000);
  boot->stall(5000);
  status_line("check after a stall", boot->check_event(timer));
  status_line("close", boot->close_event(timer));
  status_line("close again", boot->close_event(timer));
}

static void protocols(void) {
  handle made = 0, event = 0, found[8];
  handle *all = 0;
  void *registration = 0, *interface = 0;
  int one = 1, two = 2;
  u64 size = sizeof found, count = 0;
  boot->create_event(0, 0, 0, 0, &event);
  status_line("notify me", boot->register_protocol_notify(&own_guid, event, &registration));
  status_line("install", boot->install_protocol_interface(&made, &own_guid, 0, &one));
  status_line("told of it", boot->check_event(event));
  status_line("locate what is new", boot->locate_handle(1, 0, registration, &size, found));
  value_line("it is the handle", found[0] == made);
  status_line("nothing else is", boot->locate_handle(1, 0, registration, &size, found));
  status_line("install twice", boot->install_protocol_interface(&made, &own_guid, 0, &one));
  status_line("handle protocol", boot->handle_protocol(made, &own_guid, &interface));
  value_line("it is mine", interface == &one);
  status_line("reinstall", boot->reinstall_protocol_interface(made, &own_guid, &one, &two));
  status_line("locate protocol", boot->locate_protocol(&own_guid, 0, &interface));
  value_line("it is the other", interface == &two);
  size = 4;
  status_line("no room", boot->locate_handle(2, &own_guid, 0, &size, found));
  value_line("needs", size);
  status_line("all handles", boot->locate_handle_buffer(0, 0, 0, &count, &all));
  value_line("how many", count);
  boot->free_pool(all);
  guid **guids = 0;
  status_line("its protocols", boot->protocols_per_handle(made, &guids, &count));
  value_line("one, and it is mine", count == 1 && same(guids[0], &own_guid, 16));
  status_line("open", boot->open_protocol(made, &own_guid, &interface, self, 0, 2));
  void *openings = 0;
  status_line("openings", boot->open_protocol_information(made, &own_guid, &openings, &count));
  value_line("how many", count);
  status_line("close", boot->close_protocol(made, &own_guid, self, 0));
  status_line("close again", boot->close_protocol(made, &own_guid, self, 0));
  status_line("more", boot->install_multiple_protocol_interfaces(&made, &global_guid, &one, &file_info_guid, &two, 0));
  status_line("less", boot->uninstall_multiple_protocol_interfaces(made, &global_guid, &one, &file_info_guid, &two, 0));
  status_line("uninstall", boot->uninstall_protocol_interface(made, &own_guid, &two));
  status_line("handle protocol of no handle", boot->handle_protocol(made, &own_guid, &interface));
  u32 before = system->header.crc32;
  status_line("configuration table", boot->install_configuration_table(&own_guid, &one));
  value_line("tables", system->table_count);
  value_line("crc32 differs", before != system->header.crc32);
  status_line("without it", boot->install_configuration_table(&own_guid, 0));
  value_line("tables", system->table_count);
  value_line("crc32 as before", before == system->header.crc32);
}

static void variables(void) {
  runtime_services *runtime = system->runtime;
  u8 data[16];
  u32 attributes = 0;
  u64 size = sizeof data;
  status_line("SecureBoot", runtime->get_variable(u"SecureBoot", &global_guid, &attributes, &size, data));
  value_line("is", data[0]);
  status_line("given", runtime->get_variable(u"Given", &own_guid, &attributes, (size = 16, &size), data));
  value_line("bytes", size);
  status_line("set", runtime->set_variable(u"Mine", &own_guid, 6, 3, "abc"));
  status_line("append", runtime->set_variable(u"Mine", &own_guid, 0x46, 2, "de"));
  size = 2;
  status_line("no room", runtime->get_variable(u"Mine", &own_guid, 0, &size, data));
  value_line("needs", size);
  status_line("get", runtime->get_variable(u"Mine", &own_guid, &attributes, &size, data));
  value_line("is abcde", same(data, "abcde", 5));
  status_line("other attributes", runtime->set_variable(u"Mine", &own_guid, 7, 1, "x"));
  c16 name[64] = {0};
  guid vendor;
  int names = 0;
  for (;;) {
    u64 room = sizeof name;
    if (runtime->get_next_variable_name(&room, name, &vendor)) break;
    names++;
  }
  value_line("names", names);
  status_line("delete", runtime->set_variable(u"Mine", &own_guid, 6, 0, 0));
  status_line("get", runtime->get_variable(u"Mine", &own_guid, 0, &size, data));
  efi_time time;
  status_line("time", runtime->get_time(&time, 0));
  value_line("year", time.year);
  u64 count = 0;
  boot->get_next_monotonic_count(&count);
  value_line("count", count);
  status_line("what nobody does", runtime->set_time(&time));
}

static void files(void) {
  file_system *volume = 0;
  file *root = 0, *text = 0, *made = 0;
  char data[32] = {0};
  file_info info;
  u64 size = sizeof data - 1, position = 0;
  loaded_image *image = 0;
  boot->handle_protocol(self, &loaded_image_guid, (void **)&image);
  status_line("volume", boot->handle_protocol(image->device, &file_system_guid, (void **)&volume));
  status_line("root", volume->open_volume(volume, &root));
  status_line("open", root->open(root, &text, u"\\Docs\\hello.txt", 1, 0));
  status_line("read", text->read(text, &size, data));
  print(data);
  value_line("bytes", size);
  status_line("seek", text->set_position(text, 6));
  size = 4;
  text->read(text, &size, data);
  data[size] = 0;
  print(data), print("\r\n");
  status_line("position", text->get_position(text, &position));
  value_line("is", position);
  size = 10;
  status_line("info, no room", text->get_info(text, &file_info_guid, &size, &info));
  status_line("info", text->get_info(text, &file_info_guid, &size, &info));
  value_line("size in it", info.file_size);
  status_line("write to what is read only", text->write(text, &size, data));
  text->close(text);
  status_line("none", root->open(root, &text, u"nothing.txt", 1, 0));
  status_line("create", root->open(root, &made, u"docs\\new.txt", 3ull | 1ull << 63, 0));
  size = 5;
  status_line("write", made->write(made, &size, "12345"));
  made->set_position(made, 1);
  size = sizeof data - 1;
  made->read(made, &size, data);
  data[size] = 0;
  print(data), print("\r\n");
  made->close(made);
  file *directory = 0;
  root->open(root, &directory, u"docs", 1, 0);
  for (;;) {
    size = sizeof info;
    if (directory->read(directory, &size, &info) || size == 0) break;
    char name[64];
    int n = 0;
    for (; info.name[n]; n++) name[n] = info.name[n];
    name[n] = 0;
    print(name), print(" "), number(info.file_size, 10), print("\r\n");
  }
  root->open(root, &made, u"docs\\new.txt", 3, 0);
  status_line("delete", made->delete(made));
  status_line("gone", root->open(root, &made, u"docs\\new.txt", 1, 0));
  root->close(root);
}

static void screen(void) {
  graphics *output = 0;
  graphics_info *info = 0;
  random *generator = 0;
  u64 size = 0;
  u32 pixel = 0x00123456, buffer[4] = {0};
  status_line("graphics", boot->locate_protocol(&graphics_guid, 0, (void **)&output));
  status_line("mode", output->query_mode(output, 0, &size, &info));
  value_line("width", info->width);
  status_line("fill", output->blt(output, &pixel, 0, 0, 0, 10, 20, 4, 3, 0));
  value_line("pixel", output->mode->base[22 * info->width + 13]);
  value_line("beside it", output->mode->base[22 * info->width + 14]);
  status_line("back", output->blt(output, buffer, 1, 12, 21, 0, 0, 2, 2, 0));
  value_line("pixel", buffer[3]);
  status_line("beyond", output->blt(output, buffer, 2, 0, 0, 799, 0, 2, 2, 0));
  u8 bytes[8] = {0};
  status_line("random", boot->locate_protocol(&random_guid, 0, (void **)&generator));
  status_line("numbers", generator->get_rng(generator, 0, 8, bytes));
  value_line("not all zero", !same(bytes, "\0\0\0\0\0\0\0", 8));
}

static void console(void) {
  u64 columns = 0, rows = 0, index = 0;
  key pressed;
  system->out->query_mode(system->out, 0, &columns, &rows);
  value_line("columns", columns);
  status_line("other mode", system->out->query_mode(system->out, 7, &columns, &rows));
  system->out->set_attribute(system->out, 0x1f);
  value_line("attribute", system->out->mode->attribute);
  system->out->set_cursor_position(system->out, 5, 3);
  value_line("column", system->out->mode->column);
  status_line("key", boot->wait_for_event(1, &system->in->wait_for_key, &index));
  for (int i = 0; i < 3; i++) {
    status_line("read", system->in->read_key(system->in, &pressed));
    value_line("scan code", pressed.scan);
    value_line("character", pressed.character);
  }
  status_line("read", system->in->read_key(system->in, &pressed));
}

static void images(void) {
  handle child = 0, device = 0;
  loaded_image *image = 0, *loaded = 0;
  void *device_path = 0;
  static u8 path[256];
  u64 size = 0, at = 0;
  c16 *data = 0;
  boot->handle_protocol(self, &loaded_image_guid, (void **)&image);
  boot->handle_protocol(image->device, &device_path_guid, &device_path);
  u8 *node = device_path;
  while (node[0] != 0x7f) {
    u64 length = node[2] | node[3] << 8;
    boot->copy_mem(path + at, node, length);
    at += length, node += length;
  }
  static const c16 name[] = u"\\child.efi";
  path[at] = 4, path[at + 1] = 4, path[at + 2] = 4 + sizeof name, path[at + 3] = 0;
  boot->copy_mem(path + at + 4, name, sizeof name);
  at += 4 + sizeof name;
  path[at] = 0x7f, path[at + 1] = 0xff, path[at + 2] = 4, path[at + 3] = 0;
  void *rest = path;
  status_line("device of the path", boot->locate_device_path(&file_system_guid, &rest, &device));
  value_line("is the volume", device == image->device);
  status_line("load", boot->load_image(0, self, path, 0, 0, &child));
  boot->handle_protocol(child, &loaded_image_guid, (void **)&loaded);
  value_line("its parent is me", loaded->parent == self);
  loaded->options = u"return", loaded->options_size = 14;
  status_line("start, returns", boot->start_image(child, &size, &data));
  loaded->options = u"exit", loaded->options_size = 10;
  status_line("start, exits", boot->start_image(child, &size, &data));
  value_line("exit data", size);
  value_line("is right", data != 0 && same(data, u"done", 10));
  status_line("unload", boot->unload_image(child));
  status_line("start what is gone", boot->start_image(child, &size, &data));
  status_line("load what is none", boot->load_image(0, self, 0, path, sizeof path, &child));
  status_line("load what is not there", boot->load_image(0, self, device_path, 0, 0, &child));
}

status efi_main(handle image, system_table *table) {
  start(image, table);
  loaded_image *own = 0;
  boot->handle_protocol(self, &loaded_image_guid, (void **)&own);
  value_line("options", own->options_size);
  value_line("revision", system->header.revision);
  memory();
  events();
  protocols();
  variables();
  files();
  screen();
  console();
  images();
  static u8 map[4096];
  u64 size = sizeof map, key = 0, descriptor_size = 0;
  u32 version;
  boot->get_memory_map(&size, map, &key, &descriptor_size, &version);
  status_line("leave with an old key", boot->exit_boot_services(self, key - 1));
  status_line("leave", boot->exit_boot_services(self, key));
  boot->exit(self, 0x8000000000000015ull, 0, 0);
  for (;;) {}
}
