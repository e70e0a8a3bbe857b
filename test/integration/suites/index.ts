/** Every integration suite; each runs in both extension hosts. */
import './extension.test';
import './run.test';
