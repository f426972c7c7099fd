/* reader WORKSPACE FILE…: opens, reads and closes the files of these names in
 * each session of a workspace, and does nothing with them. What any program
 * has to do that shows the workspace, and so the measure for one. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char buffer[1 << 16];

int main(int count, char **arguments) {
  if (count < 3 || chdir(arguments[1]) != 0) return 2;
  DIR *workspace = opendir(".");
  if (workspace == NULL) return 1;
  for (struct dirent *entry; (entry = readdir(workspace)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    for (int i = 2; i < count; i++) {
      char path[512];
      snprintf(path, sizeof path, "%s/%s", entry->d_name, arguments[i]);
      int file = open(path, O_RDONLY);
      if (file < 0) return 1;
      while (read(file, buffer, sizeof buffer) > 0) continue;
      close(file);
    }
  }
  return 0;
}
